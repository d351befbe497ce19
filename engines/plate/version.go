package plate

import (
	"crypto/sha256"
	"encoding/hex"
	"sync"
)

// Version names the networks that come with the package: "plate-" and the
// beginning of the SHA-256 of their files. A reading is kept with it.
var Version = sync.OnceValue(func() string {
	sum := sha256.New()
	for _, name := range []string{"detect", "corner", "read"} {
		raw, err := weights.ReadFile("weights/" + name + ".amw")
		if err != nil {
			return "plate-none"
		}
		sum.Write(raw)
	}
	return "plate-" + hex.EncodeToString(sum.Sum(nil))[:12]
})
