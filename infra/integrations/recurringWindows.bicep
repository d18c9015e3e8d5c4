// Windows that open on certain days at a certain time: a Logic App each, which posts one request with its end. The app
// closes the window, so that nothing has to run in the evening.

@export()
@description('A window that opens again and again.')
type recurringWindow = {
  @description('Names the Logic App.')
  @minLength(1)
  @maxLength(40)
  name: string

  @minLength(36)
  @maxLength(36)
  externalPartnerId: string

  @minLength(1)
  days: ('Monday' | 'Tuesday' | 'Wednesday' | 'Thursday' | 'Friday' | 'Saturday' | 'Sunday')[]

  @description('When it opens, as HH:mm.')
  @minLength(5)
  @maxLength(5)
  from: string

  @description('When it ends, as HH:mm: on the same day, or on the next one if that is not later than from.')
  @minLength(5)
  @maxLength(5)
  to: string

  @description('Such as W. Europe Standard Time: a name of Windows, as Logic Apps has them. Follows summer time.')
  timeZone: string

  reason: string?
  reference: string?

  @description('Posts nothing while it is true.')
  paused: bool?
}

param location string
param tags object

@description('Starts the names of the Logic Apps.')
param prefix string

param windows recurringWindow[]

@description('Days on which no window opens, as yyyy-MM-dd in the time zone of the window.')
param holidays string[]

@description('Resource id of the identity that posts.')
param identityId string
param namespaceHost string
param requestsQueue string
param actionGroupId string

@description('docs/guides/schedules.md as the people who get the alerts can open it.')
param guidePage string

module workflows 'workflow.bicep' = [
  for window in windows: {
    params: {
      name: '${prefix}-${window.name}'
      location: location
      tags: tags
      identityId: identityId
      isPaused: window.?paused ?? false
      actionGroupId: actionGroupId
      failureText: 'The window ${window.name} could not be asked for, so the partner may be disabled. First: see the run of ${prefix}-${window.name} in the portal. Then: ${guidePage}'
      definition: {
        '$schema': 'https://schema.management.azure.com/providers/Microsoft.Logic/schemas/2016-06-01/workflowdefinition.json#'
        contentVersion: '1.0.0.0'
        triggers: {
          When_it_opens: {
            type: 'Recurrence'
            recurrence: {
              frequency: 'Week'
              interval: 1
              // Without a start, it would run at once whenever it is deployed.
              startTime: '2026-01-01T00:00:00'
              timeZone: window.timeZone
              schedule: {
                weekDays: window.days
                hours: [int(split(window.from, ':')[0])]
                minutes: [int(split(window.from, ':')[1])]
              }
            }
            conditions: [
              {
                expression: '@greaterOrEquals(formatDateTime(${localNow(window.timeZone)}, \'HH:mm\'), \'${window.from}\')'
              }
              {
                expression: '@not(contains(\'${join(holidays, ' ')}\', formatDateTime(${localNow(window.timeZone)}, \'yyyy-MM-dd\')))'
              }
            ]
          }
        }
        actions: {
          Ask_for_it: {
            type: 'Http'
            inputs: {
              method: 'POST'
              uri: 'https://${namespaceHost}/${requestsQueue}/messages'
              authentication: {
                type: 'ManagedServiceIdentity'
                identity: identityId
                audience: 'https://servicebus.azure.net'
              }
              headers: {
                'Content-Type': 'application/json'
                // The same in each retry; nobody can guess it, and send it first.
                BrokerProperties: '{"MessageId":"@{guid()}","SessionId":"${toLower(window.externalPartnerId)}"}'
              }
              body: {
                externalPartnerId: toLower(window.externalPartnerId)
                enableConnection: true
                until: '@{${endOf(window.to, window.to > window.from ? 0 : 1, window.timeZone)}}Z'
                requestedBy: '${prefix}-${window.name}'
                ...(window.?reason == null ? {} : { reason: literal(window.reason!) })
                ...(window.?reference == null ? {} : { reference: literal(window.reference!) })
              }
              retryPolicy: {
                type: 'exponential'
                count: 8
                interval: 'PT10S'
                maximumInterval: 'PT10M'
              }
            }
            runAfter: {}
          }
        }
      }
    }
  }
]

// A text that a Logic App does not take for an expression.
func literal(text string) string =>
  replace(startsWith(text, '@') && !startsWith(text, '@{') ? '@${text}' : text, '@{', '@@{')

// Expressions of Logic Apps.
func localNow(timeZone string) string => 'convertFromUtc(utcNow(), \'${timeZone}\')'

func endOf(time string, daysLater int, timeZone string) string =>
  'convertToUtc(concat(formatDateTime(addDays(${localNow(timeZone)}, ${daysLater}), \'yyyy-MM-dd\'), \'T${time}:00\'), \'${timeZone}\', \'yyyy-MM-ddTHH:mm:ss\')'
