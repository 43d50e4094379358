package deletion

import (
	"slices"
	"strings"
	"unicode"
)

// The ranks of column names. Only a column of contacts' ids may be called contact_id, so that name decides even when there
// is no id in sight; others need ids below them, or nothing better in the file.
const (
	plainIDName   = 1
	contactIDName = 2
)

// columnNames that are known, without case, blanks and signs.
var columnNames = map[string]int{
	"contactid": contactIDName, "contactids": contactIDName, "contactuuid": contactIDName,
	"constantcontactid": contactIDName, "idcontact": contactIDName,
	"id": plainIDName, "ids": plainIDName, "uuid": plainIDName, "guid": plainIDName,
}

// otherNames are columns that also hold UUIDs at Constant Contact, but not of contacts. They are never picked without
// a person saying so.
var otherNames = []string{
	"listid", "listids", "listmemberships", "tagid", "tagids", "taggings", "customfieldid", "segmentid", "activityid",
	"campaignid", "campaignactivityid", "sourceid", "accountid", "userid",
}

func plainName(name string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return unicode.ToLower(r)
		}
		return -1
	}, name)
}

func nameRank(name string) int { return columnNames[plainName(name)] }

// findColumn returns the column of contact ids or FindColumn. The best of: a column called contact_id; a column with ids
// and a name like id; any other column with ids, unless its name says that they are not contacts'; a name like id alone.
// Within one of these the most ids win, then the leftmost.
func (p *probe) findColumn() int {
	best, bestScore := FindColumn, 0
	for column := range p.width {
		if score := p.columnScore(column); score > bestScore {
			best, bestScore = column, score
		}
	}
	return best
}

// columnScore puts the class of a column before the number of its ids.
func (p *probe) columnScore(column int) int {
	const class = probeRows + 1
	name, rank := "", 0
	if column < len(p.first) {
		name = p.first[column]
		rank = nameRank(name)
	}
	ids := p.ids[column]
	switch {
	case rank == contactIDName:
		return 4*class + ids
	case slices.Contains(otherNames, plainName(name)):
		return 0
	case rank == plainIDName && ids > 0:
		return 3*class + ids
	case ids > 0:
		return 2*class + ids
	case rank == plainIDName:
		return class
	}
	return 0
}

// hasHeader reports whether the first row holds names: one is contact_id, whichever column is read; or the column's name
// is known; or the column has some name and no cell looks like data. A row with a damaged or missing id must not pass for
// names, or the rows read would lack it.
func (p *probe) hasHeader() bool {
	if p.column >= len(p.first) {
		return slices.ContainsFunc(p.first, isContactID)
	}
	if _, ok := ParseID([]byte(p.first[p.column])); ok {
		return false
	}
	switch {
	case slices.ContainsFunc(p.first, isContactID), p.named():
		return true
	case p.first[p.column] == "":
		return false
	}
	return !slices.ContainsFunc(p.first, looksLikeData)
}

func isContactID(name string) bool { return nameRank(name) == contactIDName }

// looksLikeData reports what nobody calls a column: addresses, numbers, dates, ids whole or damaged, long text.
func looksLikeData(cell string) bool {
	const longestName = 64
	if cell == "" {
		return false
	}
	if strings.ContainsRune(cell, '@') || strings.ContainsAny(cell[:1], "0123456789+-{'") || len(cell) > longestName {
		return true
	}
	digits := strings.ContainsAny(cell, "0123456789")
	return digits && (strings.Count(cell, "-") >= 3 || (isHex(cell) && len(cell) >= 16))
}

func isHex(cell string) bool {
	for _, c := range []byte(cell) {
		if c != '-' && lowDigit[c] == notHex {
			return false
		}
	}
	return true
}
