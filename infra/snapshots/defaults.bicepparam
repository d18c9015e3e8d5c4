// Every default: the first installation that is checked.

using '../main.bicep'

param environmentName = 'defaults'
