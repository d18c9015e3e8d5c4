// The app on Flex Consumption: it costs nothing while no request comes.

param name string
param planName string
param location string
param tags object

@description('The service of azure.yaml that is deployed here.')
param serviceName string

param instanceMemoryMB int

@description('What an instance knows of a throttled tenant and of completed requests, a second one does not.')
param maximumInstanceCount int

param zoneRedundant bool

@description('The subnet that the app reaches others from. Empty: none.')
param subnetId string

@description('Resource id of the identity of the app.')
param identityId string

@description('The container that holds the package, as a URL.')
param packageContainer string

@description('The environment of the app: every setting of the host and of the code.')
param settings object

resource plan 'Microsoft.Web/serverfarms@2024-04-01' = {
  name: planName
  location: location
  tags: tags
  kind: 'functionapp'
  sku: {
    name: 'FC1'
    tier: 'FlexConsumption'
  }
  properties: {
    reserved: true
    zoneRedundant: zoneRedundant
  }
}

resource app 'Microsoft.Web/sites@2024-04-01' = {
  name: name
  location: location
  tags: union(tags, { 'azd-service-name': serviceName })
  kind: 'functionapp,linux'
  identity: {
    type: 'UserAssigned'
    userAssignedIdentities: {
      '${identityId}': {}
    }
  }
  properties: {
    serverFarmId: plan.id
    httpsOnly: true
    ...(empty(subnetId) ? {} : { virtualNetworkSubnetId: subnetId })
    functionAppConfig: {
      runtime: {
        name: 'node'
        version: '24'
      }
      scaleAndConcurrency: {
        // No alwaysReady: its instances come on top.
        maximumInstanceCount: maximumInstanceCount
        instanceMemoryMB: instanceMemoryMB
      }
      deployment: {
        storage: {
          type: 'blobContainer'
          value: packageContainer
          authentication: {
            type: 'UserAssignedIdentity'
            userAssignedIdentityResourceId: identityId
          }
        }
      }
    }
    siteConfig: {
      minTlsVersion: '1.2'
      scmMinTlsVersion: '1.2'
      ftpsState: 'Disabled'
    }
  }

  // Replaces all settings, those made by hand too: what is deployed is what stands in these files.
  resource appSettings 'config' = {
    name: 'appsettings'
    properties: settings
  }

  // Publishing takes a sign-in, not a user name and a password.
  resource ftpPassword 'basicPublishingCredentialsPolicies' = {
    name: 'ftp'
    properties: {
      allow: false
    }
  }

  resource scmPassword 'basicPublishingCredentialsPolicies' = {
    name: 'scm'
    properties: {
      allow: false
    }
  }
}
