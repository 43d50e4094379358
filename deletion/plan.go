package deletion

import "time"

// Plan says what sending a manifest takes.
type Plan struct {
	Requests  int           // POSTs
	SendFor   time.Duration // at the vendor's 4 requests a second
	LeftAfter int64         // of today's requests, when it fits into today
	Days      int           // UTC days from today until the last request; 1 when it fits into today
}

// sendsPerSecond is the vendor's limit for an API key (https://developer.constantcontact.com/api_guide/rate_limits.html).
const sendsPerSecond = 4

// PlanFor plans the sending of a number of batches with what is left of today. Following the activities costs about one
// request for twenty batches, which is counted in.
func PlanFor(batches int, u Usage) Plan {
	calls := int64(batches) + int64(batches)/20 + 1
	p := Plan{Requests: batches, SendFor: time.Duration(batches) * time.Second / sendsPerSecond, Days: 1}
	perDay := u.Limit - u.Reserve
	today := max(perDay-u.Used, 0)
	if calls <= today || perDay <= 0 {
		p.LeftAfter = max(u.Limit-u.Used-calls, 0)
		return p
	}
	p.Days += int((calls - today + perDay - 1) / perDay)
	return p
}
