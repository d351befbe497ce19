package citizens

import "os"

// many asks for the hundred thousand events of the long run.
var many = os.Getenv("AMANA_EVENTS") == "many"
