// Where the Functions platform keeps the package of the app, the host its own state, and the app its open windows. It has no keys to lose:
// access is by identity only, and nothing in it is public.

import { roleDefinitionId } from 'roles.bicep'

param name string
param location string
param tags object

@description('Principal id of the identity of the app.')
param appPrincipalId string

param zoneRedundant bool

@description('Reached by private endpoints only.')
param isPrivate bool

param lock bool

resource account 'Microsoft.Storage/storageAccounts@2023-05-01' = {
  name: name
  location: location
  tags: tags
  kind: 'StorageV2'
  sku: {
    name: zoneRedundant ? 'Standard_ZRS' : 'Standard_LRS'
  }
  properties: {
    allowSharedKeyAccess: false
    allowBlobPublicAccess: false
    allowCrossTenantReplication: false
    defaultToOAuthAuthentication: true
    minimumTlsVersion: 'TLS1_2'
    supportsHttpsTrafficOnly: true
    publicNetworkAccess: isPrivate ? 'Disabled' : 'Enabled'
  }
}

resource blobs 'Microsoft.Storage/storageAccounts/blobServices@2023-05-01' = {
  parent: account
  name: 'default'
}

resource package 'Microsoft.Storage/storageAccounts/blobServices/containers@2023-05-01' = {
  parent: blobs
  name: 'package'
  properties: {
    publicAccess: 'None'
  }
}

// What the app remembers: which windows of a partner are open.
resource windows 'Microsoft.Storage/storageAccounts/blobServices/containers@2023-05-01' = {
  parent: blobs
  name: 'windows'
  properties: {
    publicAccess: 'None'
  }
}

resource appOwnsBlobs 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  scope: account
  name: guid(account.id, appPrincipalId, 'Storage Blob Data Owner')
  properties: {
    roleDefinitionId: roleDefinitionId('Storage Blob Data Owner')
    principalId: appPrincipalId
    principalType: 'ServicePrincipal'
  }
}

resource keepAccount 'Microsoft.Authorization/locks@2020-05-01' = if (lock) {
  scope: account
  name: 'keep'
  properties: {
    level: 'CanNotDelete'
    notes: 'The app remembers here which windows are open.'
  }
}

output id string = account.id
output blobEndpoint string = 'https://${account.name}.blob.${environment().suffixes.storage}'
output packageContainerName string = package.name
