package main

import (
	"bytes"
	"strconv"
	"strings"
	"testing"
	"time"

	"winnow/sandbox"
)

// quick makes a sandbox whose activities take milliseconds and which lets any number of requests through.
func quick() sandbox.Options {
	return sandbox.Options{Contacts: 3000, Lists: 12, Speed: 200, RatePerSecond: sandbox.Off, RatePerDay: sandbox.Off}
}

// hasty has the console look often and not wait between requests.
var hasty = []string{"--interval", "1ms", "--follow", "50ms", "--lag", "100ms", "--daily-limit", "1000000"}

func TestACSVIsDeletedRowByRow(t *testing.T) { deleteACSVRowByRow(t, hasty...) }

// deleteACSVRowByRow is the whole way of a row, on the database that the flags name.
func deleteACSVRowByRow(t *testing.T, flags ...string) {
	t.Helper()
	w := newWorld(t, quick(), flags...)
	p := newPerson(t)
	p.signIn(w, sandbox.OwnerLogin)
	p.sees("Upload a CSV")

	var file bytes.Buffer
	if err := w.emulator.SampleCSV(&file, 1200); err != nil {
		t.Fatal(err)
	}
	p.upload(w, "sample.csv", file.Bytes())
	p.sees("sample.csv", "Will be deleted")
	count := strings.TrimSpace(p.page.Find(".figure-result .num").Text())
	p.submit("/confirm", map[string]string{"count": "7"})
	p.sees("The number does not match")
	p.submit("/confirm", map[string]string{"count": count})
	p.waitUntilEnded(30 * time.Second)
	t.Log(p.text())

	p.open(p.url.String() + "/results.csv")
	outcomes := map[string]int{}
	for _, row := range p.csv() {
		outcomes[row[2]]++
		if row[2] == "deleted" {
			contact, ok := w.emulator.Contact(sandbox.MainAccount, strings.ToLower(strings.Trim(row[1], "{} '")))
			if !ok || contact.DeletedAt.IsZero() {
				t.Errorf("line %s is called deleted: %+v", row[0], contact)
			}
		}
	}
	t.Log(outcomes, count)
	wanted, _ := strconv.Atoi(strings.ReplaceAll(count, ",", ""))
	if outcomes["deleted"]+outcomes["failed"] != wanted {
		t.Errorf("outcomes %v do not add up to %d", outcomes, wanted)
	}
}
