@export()
@description('Each item once, in lower case: principal ids, names of Service Bus and addresses are the same whatever the case.')
func uniqueOf(items string[]) string[] => union(map(items, item => toLower(item)), [])
