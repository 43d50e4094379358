package deletion

import (
	"bytes"
	"errors"
)

// ID is the UUID of a contact or a list at Constant Contact, as its 16 bytes.
type ID [16]byte

// idLength is the length of the canonical form, 8-4-4-4-12 hexadecimal digits.
const idLength = 36

// errNotAnID never names the text: a wrong cell may hold an e-mail address.
var errNotAnID = errors.New("not a contact or list id")

// ParseID reads the canonical 36-character form in either case. Surrounding blanks (ASCII and no-break spaces), one
// leading apostrophe (the mark our exports and spreadsheets put before text) and one pair of braces are taken off first.
// Other spellings of a UUID, such as 32 digits without hyphens or urn:uuid:, are not ids. It never allocates.
func ParseID(cell []byte) (ID, bool) {
	if len(cell) != idLength {
		cell = bareID(cell)
	}
	return parseCanonical(cell)
}

func bareID(cell []byte) []byte {
	cell = trimBlank(cell)
	cell = bytes.TrimPrefix(cell, []byte{'\''})
	if len(cell) == idLength+2 && cell[0] == '{' && cell[idLength+1] == '}' {
		cell = cell[1 : idLength+1]
	}
	return cell
}

// notHex marks a byte that is no hexadecimal digit, with a bit that no pair of digits has.
const notHex = 0x100

// highDigit and lowDigit are the values of a digit in the first and the second place of a pair.
var highDigit, lowDigit = func() (high, low [256]uint16) {
	for i := range low {
		high[i], low[i] = notHex, notHex
	}
	for i, c := range []byte("0123456789abcdef") {
		high[c], low[c] = uint16(i)<<4, uint16(i)
	}
	for i, c := range []byte("ABCDEF") {
		high[c], low[c] = uint16(10+i)<<4, uint16(10+i)
	}
	return high, low
}()

func parseCanonical(text []byte) (ID, bool) {
	if len(text) != idLength || text[8] != '-' || text[13] != '-' || text[18] != '-' || text[23] != '-' {
		return ID{}, false
	}
	s := (*[idLength]byte)(text)
	pairs := [16]uint16{
		highDigit[s[0]] | lowDigit[s[1]], highDigit[s[2]] | lowDigit[s[3]],
		highDigit[s[4]] | lowDigit[s[5]], highDigit[s[6]] | lowDigit[s[7]],
		highDigit[s[9]] | lowDigit[s[10]], highDigit[s[11]] | lowDigit[s[12]],
		highDigit[s[14]] | lowDigit[s[15]], highDigit[s[16]] | lowDigit[s[17]],
		highDigit[s[19]] | lowDigit[s[20]], highDigit[s[21]] | lowDigit[s[22]],
		highDigit[s[24]] | lowDigit[s[25]], highDigit[s[26]] | lowDigit[s[27]],
		highDigit[s[28]] | lowDigit[s[29]], highDigit[s[30]] | lowDigit[s[31]],
		highDigit[s[32]] | lowDigit[s[33]], highDigit[s[34]] | lowDigit[s[35]],
	}
	var id ID
	var seen uint16
	for i, pair := range pairs {
		seen |= pair
		id[i] = byte(pair)
	}
	if seen >= notHex {
		return ID{}, false
	}
	return id, true
}

// digitPairs are the places of the 16 pairs of digits in the canonical form.
var digitPairs = [16]uint8{0, 2, 4, 6, 9, 11, 14, 16, 19, 21, 24, 26, 28, 30, 32, 34}

// String is the canonical form in lower case, as Constant Contact writes it.
func (id ID) String() string {
	text, _ := id.AppendText(make([]byte, 0, idLength))
	return string(text)
}

// AppendText appends the canonical form to b; the error is always nil.
func (id ID) AppendText(b []byte) ([]byte, error) {
	const digits = "0123456789abcdef"
	var text [idLength]byte
	text[8], text[13], text[18], text[23] = '-', '-', '-', '-'
	for i, at := range digitPairs {
		text[at], text[at+1] = digits[id[i]>>4], digits[id[i]&0x0f]
	}
	return append(b, text[:]...), nil
}

// MarshalText is the canonical form, so that JSON holds what people see; the error is always nil.
func (id ID) MarshalText() ([]byte, error) {
	return id.AppendText(make([]byte, 0, idLength))
}

// UnmarshalText accepts what ParseID accepts.
func (id *ID) UnmarshalText(text []byte) error {
	parsed, ok := ParseID(text)
	if !ok {
		return errNotAnID
	}
	*id = parsed
	return nil
}

// Compare orders ids by their bytes, the order of the manifest: negative when a comes first, 0 when they are equal.
func Compare(a, b ID) int {
	return bytes.Compare(a[:], b[:])
}

// trimBlank takes ASCII white space and no-break spaces (U+00A0) off both ends.
func trimBlank(b []byte) []byte {
	for len(b) > 0 {
		n := blankPrefix(b)
		if n == 0 {
			break
		}
		b = b[n:]
	}
	for len(b) > 0 {
		n := blankSuffix(b)
		if n == 0 {
			break
		}
		b = b[:len(b)-n]
	}
	return b
}

func blankPrefix(b []byte) int {
	if isASCIIBlank(b[0]) {
		return 1
	}
	if len(b) >= 2 && b[0] == 0xc2 && b[1] == 0xa0 {
		return 2
	}
	return 0
}

func blankSuffix(b []byte) int {
	n := len(b)
	if isASCIIBlank(b[n-1]) {
		return 1
	}
	if n >= 2 && b[n-2] == 0xc2 && b[n-1] == 0xa0 {
		return 2
	}
	return 0
}

func isASCIIBlank(c byte) bool {
	return c == ' ' || ('\t' <= c && c <= '\r')
}
