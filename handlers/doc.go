// Package handlers answers every URL of the console. routes.go lists them all with their guards; each page has a file of its
// own with its handlers and the mapping from what the store knows to what the page shows. Handlers return errors;
// errors.go is the one table that turns them into pages, and render.go the one place that writes HTML.
package handlers
