// Results to a web address, to a channel of Teams, or to both.

param location string
param tags object

@description('Starts the names of the Logic Apps.')
param prefix string

param connectionName string
param identityId string
param namespaceHost string
param resultsTopic string
param actionGroupId string
param guidePage string

@description('Gets each result as it is. Empty: nothing does.')
@secure()
param webhookUrl string

@description('Address of a workflow of Teams that gets each result as a card. Empty: nothing does.')
@secure()
param teamsUrl string

var apiId = subscriptionResourceId('Microsoft.Web/locations/managedApis', location, 'servicebus')

resource connection 'Microsoft.Web/connections@2016-06-01' = {
  name: connectionName
  location: location
  tags: tags
  properties: {
    displayName: connectionName
    api: {
      id: apiId
    }
    // The types do not know how a connection signs in as an identity.
    #disable-next-line BCP089
    parameterValueSet: {
      name: 'managedIdentityAuth'
      values: {
        namespaceEndpoint: {
          value: 'sb://${namespaceHost}/'
        }
      }
    }
  }
}

module webhook 'resultsWorkflow.bicep' = if (!empty(webhookUrl)) {
  params: {
    name: '${prefix}-webhook'
    location: location
    tags: tags
    identityId: identityId
    connectionId: connection.id
    connectionApiId: apiId
    resultsTopic: resultsTopic
    subscription: 'webhook'
    url: webhookUrl
    post: {
      body: '@outputs(\'Result\')'
    }
    actionGroupId: actionGroupId
    guidePage: guidePage
  }
}

module teams 'resultsWorkflow.bicep' = if (!empty(teamsUrl)) {
  params: {
    name: '${prefix}-teams'
    location: location
    tags: tags
    identityId: identityId
    connectionId: connection.id
    connectionApiId: apiId
    resultsTopic: resultsTopic
    subscription: 'teams'
    url: teamsUrl
    post: {
      body: loadJsonContent('teamsCard.json')
    }
    actionGroupId: actionGroupId
    guidePage: guidePage
  }
}
