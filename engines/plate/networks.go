package plate

import (
	"embed"
	"fmt"

	"github.com/amana-platform/amana/engines/tensor"
)

// weights are the trained networks; train/FORMAT.md says what each takes and
// gives.
//
//go:embed weights
var weights embed.FS

// networks are the three networks, packed for use, with what their files say
// about them. They do not change.
type networks struct {
	detect, corner, read *tensor.Model
	detectMeta           struct{ Threshold, Temperature float64 }
	cornerMeta           struct{ Reject, Temperature float64 }
	readMeta             struct {
		Alphabet    []string
		Margin      float64
		SplitTop    float64 `json:"split_top"`
		SplitBottom float64 `json:"split_bottom"`
		Temperature float64
		Least       float64 // score of the least sure read of a picture
	}
	channels []sign // of the reader's output
}

func loadNetworks() (*networks, error) {
	n := &networks{}
	for _, f := range []struct {
		name  string
		model **tensor.Model
		meta  any
	}{{"detect", &n.detect, &n.detectMeta}, {"corner", &n.corner, &n.cornerMeta}, {"read", &n.read, &n.readMeta}} {
		raw, err := weights.ReadFile("weights/" + f.name + ".amw")
		if err != nil {
			return nil, err
		}
		if *f.model, err = tensor.Load(raw); err != nil {
			return nil, fmt.Errorf("plate: %s: %w", f.name, err)
		}
		if err := (*f.model).Meta(f.meta); err != nil {
			return nil, fmt.Errorf("plate: %s: %w", f.name, err)
		}
	}
	for _, text := range n.readMeta.Alphabet {
		s, ok := signOf[text]
		if !ok {
			return nil, fmt.Errorf("plate: the network reads %q, which no grammar knows", text)
		}
		n.channels = append(n.channels, s)
	}
	return n, nil
}

// DefaultConfusions are those measured for the networks that come with the
// package.
func DefaultConfusions() (*Confusions, error) {
	raw, err := weights.ReadFile("weights/confusion.json")
	if err != nil {
		return nil, err
	}
	return ParseConfusions(raw)
}
