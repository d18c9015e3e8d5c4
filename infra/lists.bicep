// Lists in environment variables, which know text only.

@export()
@description('What stands between commas, without the blanks around it.')
func listOf(text string) string[] => filter(map(split(text, ','), item => trim(item)), item => !empty(item))
