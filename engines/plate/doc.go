// Package plate finds number plates in pictures and films and reads them:
// Moroccan ones with their Arabic letters first, and those of other countries
// that are met beside them. It needs no C compiler, no network and no other
// file than itself; it knows nothing of who asks.
//
//	r := plate.NewReader(plate.Options{})
//	p, err := plate.Decode(file, plate.Limits{})
//	reads, err := r.Picture(ctx, p)          // or r.Crop(ctx, p), r.Film(ctx, path, …)
//	reads[0].Plate().Text()                  // 12345-أ-6
//
// # From a picture to a text
//
//  1. Decode refuses a picture by its header if it is too large, and keeps
//     brightness and colour as the camera wrote them.
//  2. A detector looks at the whole in small, and at a large picture once more and
//     closer where the whole shows nothing sure. It gives boxes, weak ones too.
//  3. For each box a second network, twice, gives the four corners and says none, one row
//     or two rows. What is no plate, or lies like none, ends here.
//  4. The plate is rectified by its homography and a third network gives for each
//     of forty steps from left to right what stands there: the Lattice.
//  5. A beam search sums all paths of a text and weighs it by the forms that plates
//     have (grammar.go). So there are candidates with probabilities, not one text.
//     Where none is certain, the plate is read from other corners and cuts as well.
//
// A plate is three fields (serial, letter, code), never one string of mixed
// direction. Parse reads plates as people key them, with one spelling for each.
//
// A Lattice can be stored in some hundred bytes. Index matches what it shows
// with a list of a million plates, by the measured confusions of the reader.
//
// Networks, their files and how they were trained: train/FORMAT.md and
// train/README.md.
package plate
