// operations/workbook.json in the gallery of Azure Monitor, with what it looks at chosen.

param location string
param tags object
param environmentName string
param workspaceId string
param serviceBusNamespaceId string
param applicationInsightsId string
param objectiveMinutes int

var definition = loadJsonContent('../operations/workbook.json')

// The values of parameters of the workbook, by name.
var chosen = {
  Workspace: workspaceId
  ServiceBusNamespace: serviceBusNamespaceId
  ApplicationInsights: applicationInsightsId
  objectiveMinutes: string(objectiveMinutes)
}

func withValues(parameters object[], values object) object[] =>
  map(
    parameters,
    parameter => contains(values, parameter.name) ? union(parameter, { value: values[parameter.name] }) : parameter
  )

func withParameters(item object, parameters object[]) object =>
  union(item, { content: union(item.content, { parameters: parameters }) })

resource workbook 'Microsoft.Insights/workbooks@2023-06-01' = {
  name: guid(resourceGroup().id, environmentName, 'workbook')
  location: location
  tags: tags
  kind: 'shared'
  properties: {
    displayName: 'External partner connections (${environmentName})'
    category: 'workbook'
    sourceId: 'azure monitor'
    serializedData: string(union(definition, {
      items: map(
        definition.items,
        item => item.name == 'parameters' ? withParameters(item, withValues(item.content.parameters, chosen)) : item
      )
    }))
  }
}
