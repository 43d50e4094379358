package sandbox

import "net/http"

// activatePage is what page/activate.html shows.
type activatePage struct {
	Action  string
	Problem string
}

// showActivation answers GET activate: a page to type the device's code into, or, when the address holds one, the
// question whether to let the device in.
func (x *exchange) showActivation() reply {
	form := x.request.URL.Query()
	code := form.Get("user_code")
	if code == "" {
		return page(http.StatusOK, "activate.html", "", activatePage{Action: ActivatePath})
	}
	client, scopes, ok := x.server.world().authority.pending(code)
	if !ok {
		return unknownUserCode()
	}
	data := consentPage{
		Client: client, Scopes: scopes, Users: x.server.Users(), Action: ActivatePath, Fields: carried(form, "user_code"),
	}
	if user := x.remembered(form); user != nil {
		data.Users = []User{user.User}
		form.Set("prompt", "login")
		data.Other = ActivatePath + "?" + form.Encode()
	}
	return page(http.StatusOK, "consent.html", "", data)
}

func unknownUserCode() reply {
	return page(http.StatusBadRequest, "activate.html", "", activatePage{
		Action: ActivatePath, Problem: "No device waits with this code. It may have been typed wrong, used, or be older than ten minutes.",
	})
}

// decideActivation answers the consent form of a device.
func (x *exchange) decideActivation() reply {
	form, unreadable := x.form()
	if unreadable != nil {
		return *refusedPage("The request could not be read.")
	}
	user, allowed, refusal := x.decision(form)
	if refusal != nil {
		return *refusal
	}
	a := x.server.world().authority
	client, _, _ := a.pending(form.Get("user_code"))
	if !a.decideDevice(form.Get("user_code"), user) {
		return unknownUserCode()
	}
	x.applied(client, user)
	if !allowed {
		return page(http.StatusOK, "message.html", "", message{"Refused", "The device gets no access.", "You can close this page."})
	}
	return page(http.StatusOK, "message.html", "", message{"Done", "The device is signed in as " + user.Name + ".", "You can close this page."}).
		with("Set-Cookie", a.remember(user).String())
}
