// A second installation in the resource group of the first, in a namespace and a workspace that exist.

using '../main.bicep'

param environmentName = 'second'
param existingServiceBusNamespaceId = '/subscriptions/66666666-6666-4666-8666-666666666666/resourceGroups/rg-messaging/providers/Microsoft.ServiceBus/namespaces/contoso'
param existingWorkspaceId = '/subscriptions/77777777-7777-4777-8777-777777777777/resourceGroups/rg-logs/providers/Microsoft.OperationalInsights/workspaces/contoso'
