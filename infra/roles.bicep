// Azure's built-in roles that are assigned here. Their ids are the same in every subscription and cloud.

@export()
type role =
  | 'Monitoring Metrics Publisher'
  | 'Azure Service Bus Data Owner'
  | 'Azure Service Bus Data Receiver'
  | 'Azure Service Bus Data Sender'
  | 'Storage Blob Data Owner'

var ids = {
  'Monitoring Metrics Publisher': '3913510d-42f4-4e42-8a64-420c390055eb'
  'Azure Service Bus Data Owner': '090c5cfd-751d-490a-894a-3ce6f1107419'
  'Azure Service Bus Data Receiver': '4f6d3b9b-027b-4f4c-9142-0e5a2a2247e0'
  'Azure Service Bus Data Sender': '69a216fc-b8fb-44d8-bc22-1f3c2cd27a39'
  'Storage Blob Data Owner': 'b7e6dc6d-f1e8-4753-8033-0f276bb0955b'
}

@export()
@description('The resource id of a built-in role.')
func roleDefinitionId(name role) string => subscriptionResourceId('Microsoft.Authorization/roleDefinitions', ids[name])
