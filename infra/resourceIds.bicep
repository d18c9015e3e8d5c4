// The parts of a resource id: /subscriptions/SUBSCRIPTION/resourceGroups/GROUP/providers/PROVIDER/TYPE/NAME.

@export()
func subscriptionOf(id string) string => split(id, '/')[2]

@export()
func resourceGroupOf(id string) string => split(id, '/')[4]

@export()
func nameOf(id string) string => last(split(id, '/'))
