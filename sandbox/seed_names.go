package sandbox

// What the seeded contacts and lists are called. All e-mail addresses are under the domains that RFC 2606 keeps
// for examples.

var firstNames = []string{
	"Aaliyah", "Aaron", "Abigail", "Adam", "Aisha", "Alejandro", "Alice", "Amara", "Amelia", "Andre", "Anika", "Anna",
	"Arjun", "Astrid", "Ben", "Bianca", "Brian", "Camila", "Carlos", "Caroline", "Chen", "Chloe", "Clara", "Daniel",
	"David", "Deepa", "Diego", "Dmitri", "Edith", "Elena", "Eli", "Elif", "Emeka", "Emily", "Emma", "Erik", "Esther",
	"Ethan", "Fatima", "Felix", "Fiona", "Florence", "Francesca", "Gabriel", "George", "Grace", "Hana", "Hannah",
	"Harold", "Hassan", "Helen", "Henry", "Ibrahim", "Imani", "Ines", "Isaac", "Isabel", "Ivan", "Jack", "Jamal",
	"James", "Jasmine", "Javier", "Jin", "Joan", "Johan", "Jose", "Joseph", "Joy", "Julia", "Kamal", "Karen", "Kayla",
	"Kenji", "Kwame", "Lars", "Laura", "Leila", "Leo", "Lina", "Linh", "Louis", "Lucy", "Luis", "Maeve", "Malik",
	"Marcus", "Maria", "Martin", "Mary", "Mateo", "Maya", "Mei", "Michael", "Mina", "Mohammed", "Nadia", "Naomi",
	"Nathan", "Nia", "Nikhil", "Noah", "Nora", "Olga", "Oliver", "Olivia", "Omar", "Oscar", "Pablo", "Patricia", "Paul",
	"Pedro", "Peter", "Priya", "Rachel", "Rafael", "Ravi", "Rebecca", "Robert", "Rosa", "Ruth", "Sam", "Samira",
	"Sanjay", "Sara", "Sergei", "Sofia", "Soren", "Stella", "Sunita", "Tariq", "Teresa", "Thomas", "Tomas", "Uma",
	"Valentina", "Victor", "Vivian", "Walter", "Wei", "William", "Xin", "Yara", "Yuki", "Yusuf", "Zainab", "Zoe",
}

var lastNames = []string{
	"Abbott", "Adeyemi", "Ahmed", "Ali", "Allen", "Andersen", "Bailey", "Baker", "Banerjee", "Bauer", "Bell", "Bennett",
	"Brooks", "Brown", "Campbell", "Carter", "Castillo", "Chang", "Chavez", "Clark", "Cohen", "Collins", "Cooper",
	"Costa", "Cruz", "Dang", "Davies", "Diaz", "Dubois", "Edwards", "Eriksson", "Evans", "Fernandez", "Fischer",
	"Fisher", "Foster", "Garcia", "Gomez", "Gonzalez", "Gray", "Green", "Gupta", "Gutierrez", "Hall", "Hansen",
	"Harris", "Hayes", "Hernandez", "Hill", "Hoffmann", "Hughes", "Ibrahim", "Ivanov", "Jackson", "Jensen", "Johnson",
	"Jones", "Kelly", "Khan", "Kim", "King", "Kovacs", "Kowalski", "Kumar", "Larsen", "Le", "Lee", "Lewis", "Lin",
	"Lopez", "Mahmoud", "Martin", "Martinez", "Mbeki", "Medina", "Mehta", "Meyer", "Miller", "Mitchell", "Moore",
	"Morales", "Moreau", "Morgan", "Murphy", "Nakamura", "Nelson", "Nguyen", "Novak", "Nwosu", "Okafor", "Olsen",
	"Ortiz", "Osei", "Park", "Parker", "Patel", "Pereira", "Perez", "Peterson", "Phillips", "Popov", "Powell", "Price",
	"Ramirez", "Rao", "Reed", "Reyes", "Richardson", "Rivera", "Roberts", "Robinson", "Rodriguez", "Rossi", "Russell",
	"Sanchez", "Santos", "Sato", "Schmidt", "Schneider", "Scott", "Sharma", "Silva", "Singh", "Smith", "Suzuki",
	"Takahashi", "Tan", "Taylor", "Thomas", "Thompson", "Torres", "Tran", "Turner", "Vargas", "Walker", "Wang", "Ward",
	"Weber", "White", "Williams", "Wilson", "Wong", "Wood", "Wright", "Yilmaz", "Young", "Zhang",
}

var domains = []string{"example.com", "example.org", "example.net"}

// plannedList is a list and the share of the living contacts that is on it.
type plannedList struct {
	name        string
	description string
	share       float64 // of 1; anything above 0 is at least one contact
	favorite    bool
}

// mainLists are sized so that 25,000 contacts make lists of 0 to about 12,000 members.
var mainLists = []plannedList{
	{"General interest", "Everybody who ever left an address", 0.49, false},
	{"Newsletter", "Monthly, first Tuesday", 0.41, true},
	{"Donors - all years", "", 0.22, true},
	{"Volunteers", "", 0.09, true},
	{"Spring gala 2019", "Guests and plus ones", 0.018, false},
	{"Spring gala 2020 (cancelled)", "", 0.014, false},
	{"Spring gala 2021 online", "", 0.021, false},
	{"Spring gala 2022", "", 0.019, false},
	{"Spring gala 2023", "", 0.022, false},
	{"Spring gala 2024", "Guests and plus ones", 0.024, true},
	{"Board members", "", 0.0006, true},
	{"Staff", "", 0.0018, false},
	{"Press", "", 0.004, false},
	{"Members - current", "Paid until at least the end of the year", 0.13, true},
	{"Members - lapsed", "", 0.11, false},
	{"Major donors", "Personal letters only", 0.008, true},
	{"Monthly donors", "", 0.031, false},
	{"Year-end appeal 2021", "", 0.16, false},
	{"Year-end appeal 2022", "", 0.17, false},
	{"Year-end appeal 2023", "", 0.18, false},
	{"Trade fair 2018 business cards", "Typed in by the interns", 0.012, false},
	{"Website pop-up 2020", "", 0.075, false},
	{"Import from old database", "Do not mail before cleaning", 0.28, false},
	{"Import from old database (2)", "", 0.06, false},
	{"Raffle entries 2022", "", 0.085, false},
	{"Summer camp parents 2023", "", 0.016, false},
	{"Summer camp parents 2024", "", 0.017, false},
	{"School visits - teachers", "", 0.011, false},
	{"Workshops: ceramics", "", 0.007, false},
	{"Workshops: printmaking", "", 0.005, false},
	{"Workshops: dance", "", 0.009, false},
	{"Open studio night", "", 0.033, false},
	{"Corporate partners", "", 0.002, false},
	{"Grant officers", "", 0.0009, false},
	{"Gift shop customers", "Receipts by e-mail", 0.14, false},
	{"Bounced in March", "", 0.026, false},
	{"No opens in 24 months", "Candidates for deletion", 0.32, false},
	{"test list - please ignore", "", 0.0002, false},
	{"Autumn lecture series", "", 0.029, false},
	{"Spring gala 2025", "Empty until invitations go out", 0, false},
}

// secondLists belong to the second account.
var secondLists = []plannedList{
	{"Newsletter", "", 0.7, true},
	{"Foster families", "", 0.2, false},
	{"Adopted in 2024", "", 0.15, false},
}
