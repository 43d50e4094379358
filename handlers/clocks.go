package handlers

import (
	"time"

	"winnow/deletion"
	"winnow/views"
)

// clocks is the banner for clocks that differ: by how much, and whose clock to set.
func (s *site) clocks() views.Clocks {
	var v views.Clocks
	for _, d := range s.Clocks() {
		ahead := d.Ahead.Middle().Round(time.Minute)
		if d.With == deletion.VendorClock {
			v.Vendor = ahead
		} else {
			v.Database = ahead
		}
	}
	return v
}
