// Package paper writes a statement as one HTML file that needs no other: its
// style is in it, its charts are SVG, it has no script and loads nothing. It
// follows the reader's light or dark, and prints on white.
//
// Charts are drawn from decimals: a place on the page is a quotient of them,
// rounded once to a tenth of a pixel. No float is in between.
package paper
