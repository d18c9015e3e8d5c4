// Application Insights takes records from the identity of the app only: its connection string is an address, not a key.

import { roleDefinitionId } from 'roles.bicep'

param name string
param location string
param tags object
param workspaceId string

@description('Principal id of the identity of the app.')
param appPrincipalId string

resource component 'Microsoft.Insights/components@2020-02-02' = {
  name: name
  location: location
  tags: tags
  kind: 'web'
  properties: {
    Application_Type: 'web'
    WorkspaceResourceId: workspaceId
    DisableLocalAuth: true
  }
}

resource appPublishes 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  scope: component
  name: guid(component.id, appPrincipalId, 'Monitoring Metrics Publisher')
  properties: {
    roleDefinitionId: roleDefinitionId('Monitoring Metrics Publisher')
    principalId: appPrincipalId
    principalType: 'ServicePrincipal'
  }
}

output connectionString string = component.properties.ConnectionString
