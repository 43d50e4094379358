package sandbox

// What a fault does to an activity. All of these may be asked of a nil fault.

// stalls tells whether the fault keeps the activity from starting.
func (f *Fault) stalls() bool {
	if f == nil || f.Effect != ActivityStalls {
		return false
	}
	select {
	case <-f.Release:
		return false
	default:
		return true
	}
}

// lastItem is how many of its items the activity handles.
func (f *Fault) lastItem(total int) int {
	if f != nil {
		switch f.Effect {
		case ActivityFails, ActivityTimesOut, ActivityCancelled, ActivityEndsShort:
			return min(total, f.Items)
		}
	}
	return total
}

// ending is how the activity ends, and what it says then.
func (f *Fault) ending() (state activityState, errors []string) {
	if f != nil {
		switch f.Effect {
		case ActivityFails:
			return stateFailed, []string{"The activity could not be completed."}
		case ActivityTimesOut:
			return stateTimedOut, nil
		case ActivityCancelled:
			return stateCancelled, nil
		}
	}
	return stateCompleted, nil
}
