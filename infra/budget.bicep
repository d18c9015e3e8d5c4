// What the resource group may cost in a month before somebody is told. Nothing is stopped.

param name string
param amount int

@description('First day of a month, as yyyy-MM-dd.')
param start string

param actionGroupId string

resource budget 'Microsoft.Consumption/budgets@2024-08-01' = {
  name: name
  properties: {
    category: 'Cost'
    amount: amount
    timeGrain: 'Monthly'
    timePeriod: {
      startDate: start
    }
    notifications: {
      mostIsSpent: {
        enabled: true
        thresholdType: 'Actual'
        operator: 'GreaterThanOrEqualTo'
        threshold: 80
        contactEmails: []
        contactGroups: [actionGroupId]
      }
      allWillBeSpent: {
        enabled: true
        thresholdType: 'Forecasted'
        operator: 'GreaterThanOrEqualTo'
        threshold: 100
        contactEmails: []
        contactGroups: [actionGroupId]
      }
    }
  }
}
