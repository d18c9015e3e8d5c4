// Values of environment variables, which know text only.

@export()
@description('What stands between commas, without the blanks around it.')
func listOf(text string) string[] => filter(map(split(text, ','), item => trim(item)), item => !empty(item))

@export()
@description('A whole number, or null if the variable is empty.')
func intOf(text string) int? => empty(text) ? null : int(text)

@export()
@description('true or false; false if the variable is empty.')
func boolOf(text string) bool => empty(text) ? false : bool(text)

@export()
@description('The variable, or something else if it is empty.')
func textOf(text string, fallback string) string => empty(text) ? fallback : text
