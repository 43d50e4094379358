package views

// Upload is the page on which a CSV of contact ids is sent.
type Upload struct {
	Page
	MaxBytes int64 // largest file that is accepted; 0 shows no limit
	MaxRows  int64 // most rows that are accepted; 0 shows no limit
	KeepDays int   // how long the file is kept for the result files; 0 says nothing about it
	Problems []Problem
}

func uploadLimits(u Upload) string {
	switch {
	case u.MaxBytes > 0 && u.MaxRows > 0:
		return "Up to " + SizeLimit(u.MaxBytes) + " and " + Count(u.MaxRows, "row") + "."
	case u.MaxBytes > 0:
		return "Up to " + SizeLimit(u.MaxBytes) + "."
	case u.MaxRows > 0:
		return "Up to " + Count(u.MaxRows, "row") + "."
	}
	return ""
}

// exampleFile shows what an upload looks like.
const exampleFile = `contact_id,email
4e6345f6-bc35-11f1-959b-02420a320002,ada@example.com
3893d4de-bc35-11f1-bccd-02420a320002,ben@example.com
`
