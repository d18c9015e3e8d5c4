// Hands each result to a web address: a Logic App that takes results from a subscription of its own, posts each, and
// completes it once it is taken. What is refused for good, or not taken for a day, goes to the dead letters with the
// reason. Up to 25 results are under way at a time, so that one that is not taken holds up nobody else.

param name string
param location string
param tags object
param identityId string

@description('Resource id of a connection to the namespace that signs in as the identity.')
param connectionId string
param connectionApiId string

param resultsTopic string
param subscription string

@secure()
param url string

@description('What is posted, as { body: BODY }, with expressions of Logic Apps in which outputs(\'Result\') is the result.')
param post object

param actionGroupId string

@description('docs/guides/tickets.md as the people who get the alerts can open it.')
param guidePage string

// Twice, as the connector wants it.
var topicPath = '/@{encodeURIComponent(encodeURIComponent(\'${resultsTopic}\'))}/subscriptions/@{encodeURIComponent(\'${subscription}\')}/messages'

var serviceBus = {
  connection: {
    name: '@parameters(\'$connections\')[\'servicebus\'][\'connectionId\']'
  }
}

module workflow 'workflow.bicep' = {
  params: {
    name: name
    location: location
    tags: tags
    identityId: identityId
    actionGroupId: actionGroupId
    failureText: 'A result could not be taken from or returned to the subscription ${subscription}. First: see the runs of ${name} in the portal. Then: ${guidePage}'
    parameters: {
      url: {
        value: url
      }
      '$connections': {
        value: {
          servicebus: {
            id: connectionApiId
            connectionId: connectionId
            connectionName: last(split(connectionId, '/'))
            connectionProperties: {
              authentication: {
                type: 'ManagedServiceIdentity'
                identity: identityId
              }
            }
          }
        }
      }
    }
    definition: {
      '$schema': 'https://schema.management.azure.com/providers/Microsoft.Logic/schemas/2016-06-01/workflowdefinition.json#'
      contentVersion: '1.0.0.0'
      parameters: {
        url: {
          type: 'SecureString'
        }
        '$connections': {
          type: 'Object'
          defaultValue: {}
        }
      }
      triggers: {
        When_a_result_comes: {
          type: 'ApiConnection'
          inputs: {
            host: serviceBus
            method: 'get'
            path: '${topicPath}/head/peek'
            queries: {
              subscriptionType: 'Main'
              sessionId: 'None'
            }
          }
          recurrence: {
            frequency: 'Minute'
            interval: 1
          }
          runtimeConfiguration: {
            concurrency: {
              runs: 25
              // The lock of one that waits would run out.
              maximumWaitingRuns: 1
            }
          }
        }
      }
      actions: {
        Result: {
          type: 'Compose'
          inputs: '@json(base64ToString(triggerBody()?[\'ContentData\']))'
          runAfter: {}
        }
        Ending: {
          type: 'InitializeVariable'
          inputs: {
            variables: [
              {
                name: 'Ending'
                type: 'string'
                value: ''
              }
            ]
          }
          runAfter: {
            Result: ['Succeeded']
          }
        }
        Until_it_is_taken: {
          type: 'Until'
          expression: '@not(equals(variables(\'Ending\'), \'\'))'
          limit: {
            count: 720
            timeout: 'P1D'
          }
          actions: {
            Post_it: {
              type: 'Http'
              inputs: {
                method: 'POST'
                uri: '@parameters(\'url\')'
                headers: {
                  'Content-Type': 'application/json'
                }
                ...post
                retryPolicy: {
                  type: 'exponential'
                  count: 3
                  interval: 'PT5S'
                  maximumInterval: 'PT20S'
                }
              }
              // 202 means that it is taken.
              operationOptions: 'DisableAsyncPattern'
              limit: {
                timeout: 'PT2M'
              }
              // The address is a secret: it stays out of the history of runs.
              runtimeConfiguration: {
                secureData: {
                  properties: ['inputs']
                }
              }
              runAfter: {}
            }
            It_is_taken: {
              type: 'SetVariable'
              inputs: {
                name: 'Ending'
                value: 'taken'
              }
              runAfter: {
                Post_it: ['Succeeded']
              }
            }
            Is_it_refused_for_good: {
              type: 'If'
              expression: {
                equals: [
                  '@contains(createArray(400, 404, 405, 410, 413, 415, 422), outputs(\'Post_it\')?[\'statusCode\'])'
                  true
                ]
              }
              actions: {
                It_is_refused: {
                  type: 'SetVariable'
                  inputs: {
                    name: 'Ending'
                    value: 'The address responded with @{outputs(\'Post_it\')?[\'statusCode\']}.'
                  }
                  runAfter: {}
                }
              }
              else: {
                actions: {
                  Pause: {
                    type: 'Wait'
                    inputs: {
                      interval: {
                        count: 2
                        unit: 'Minute'
                      }
                    }
                    runAfter: {}
                  }
                  Renew_the_lock: {
                    type: 'ApiConnection'
                    inputs: {
                      host: serviceBus
                      method: 'post'
                      path: '${topicPath}/renewlock'
                      queries: {
                        lockToken: '@triggerBody()?[\'LockToken\']'
                        subscriptionType: 'Main'
                      }
                    }
                    runAfter: {
                      Pause: ['Succeeded']
                    }
                  }
                }
              }
              runAfter: {
                Post_it: ['Failed', 'TimedOut']
              }
            }
          }
          runAfter: {
            Ending: ['Succeeded']
          }
        }
        Is_it_taken: {
          type: 'If'
          expression: {
            equals: [
              '@variables(\'Ending\')'
              'taken'
            ]
          }
          actions: {
            Complete_it: {
              type: 'ApiConnection'
              inputs: {
                host: serviceBus
                method: 'delete'
                path: '${topicPath}/complete'
                queries: {
                  lockToken: '@triggerBody()?[\'LockToken\']'
                  subscriptionType: 'Main'
                  sessionId: ''
                }
              }
              runAfter: {}
            }
          }
          else: {
            actions: {
              Set_it_aside: {
                type: 'ApiConnection'
                inputs: {
                  host: serviceBus
                  method: 'post'
                  path: '${topicPath}/deadletter'
                  queries: {
                    lockToken: '@triggerBody()?[\'LockToken\']'
                    sessionId: ''
                    deadLetterReason: '@if(equals(variables(\'Ending\'), \'\'), \'NotTakenInADay\', \'RefusedByReceiver\')'
                    deadLetterErrorDescription: '@variables(\'Ending\')'
                  }
                }
                runAfter: {}
              }
            }
          }
          runAfter: {
            Until_it_is_taken: ['Succeeded', 'Failed', 'TimedOut']
          }
        }
      }
    }
  }
}
