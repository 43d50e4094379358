package sandbox

import "slices"

// The accounts, by encoded_account_id, and the logins that every sandbox has. Options.Accounts adds others.
const (
	MainAccount   = "a07sandbox0001"
	SecondAccount = "a07sandbox0002"

	OwnerLogin       = "olivia.owner@example.com"   // account owner of the main account
	ManagerLogin     = "marcus.manager@example.com" // account manager of the main account, with the owner's privileges
	CreatorLogin     = "carla.campaigns@example.com"
	SecondOwnerLogin = "sam.second@example.net" // account owner of the second account
)

// privilege is one entry of GET /account/user/privileges.
type privilege struct {
	ID   int    `json:"privilege_id"`
	Name string `json:"privilege_name"`
}

// ownerPrivileges are those of a real owner that are known by id, in the unsorted order they came in. A real
// owner has 94.
var ownerPrivileges = []privilege{
	{90, "logo:update"}, {93, "controlData:update"}, {91, "user:readAll"}, {94, "account:info:update"},
	{89, "account:emails:write"}, {92, "license:update"}, {1, "account:create"}, {2, "account:read"},
	{3, "account:update"}, {42, "contacts:read"}, {43, "contacts:write"}, {44, "lists:read"}, {45, "lists:write"},
	{46, "tags:read"}, {47, "tags:write"}, {52, "contacts:lists:read"}, {53, "contacts:lists:write"},
	{54, "contacts:tags:read"}, {55, "contacts:tags:write"},
}

// creatorPrivileges are a campaign creator's: lists can be seen, contacts cannot.
var creatorPrivileges = []privilege{{2, "account:read"}, {44, "lists:read"}, {52, "contacts:lists:read"}}

// ownerRole is the role of the one user who may do everything. An account manager has the same privileges.
const ownerRole = "Account Owner"

// member is a user with what the API tells of it.
type member struct {
	User
	privileges []privilege
}

// named are the members that every sandbox has.
var named = []*member{
	newMember(OwnerLogin, "Olivia Owner", ownerRole, "5f0c1a52-7c1e-4f0e-9a43-0d6b1c2e0001", MainAccount, ownerPrivileges),
	newMember(ManagerLogin, "Marcus Manager", "Account Manager", "5f0c1a52-7c1e-4f0e-9a43-0d6b1c2e0002", MainAccount, ownerPrivileges),
	newMember(CreatorLogin, "Carla Campaigns", "Campaign Creator", "5f0c1a52-7c1e-4f0e-9a43-0d6b1c2e0003", MainAccount, creatorPrivileges),
	newMember(SecondOwnerLogin, "Sam Second", ownerRole, "5f0c1a52-7c1e-4f0e-9a43-0d6b1c2e0004", SecondAccount, ownerPrivileges),
}

func newMember(login, name, role, platformID, account string, privileges []privilege) *member {
	m := &member{
		User:       User{Login: login, Name: name, Role: role, PlatformUserID: platformID, Account: account},
		privileges: privileges,
	}
	for _, p := range privileges {
		m.Privileges = append(m.Privileges, p.Name)
	}
	return m
}

func (w *world) users() []User {
	var users []User
	for _, m := range w.members {
		u := m.User
		u.Privileges = slices.Clone(u.Privileges)
		users = append(users, u)
	}
	return users
}

func (w *world) member(login string) (*member, bool) {
	i := slices.IndexFunc(w.members, func(m *member) bool { return m.Login == login })
	if i < 0 {
		return nil, false
	}
	return w.members[i], true
}

func (m *member) may(privilege string) bool { return slices.Contains(m.Privileges, privilege) }

// getPrivileges answers GET /account/user/privileges with a bare array:
// https://developer.constantcontact.com/api_guide/account_get_privileges.html
func getPrivileges(c *call) reply {
	left := []privilege{}
	for _, p := range c.grant.user.privileges {
		if c.account.may(c.grant.user.Login, p.Name) {
			left = append(left, p)
		}
	}
	return jsonReply(200, left)
}
