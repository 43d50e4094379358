// Package views holds the pages of Winnow: templ components and the plain structs they are rendered from.
//
// A page is a component whose name ends in Page (DeletionPage) and which takes one struct of the same stem (Deletion). A
// part that htmx fetches by itself is a plain noun: DeletionProgress, BatchesTable, RunningDeletions, ErrorNotice. The
// structs hold strings, numbers, times and flags; whoever fills them has already decided everything. What is left here is
// display: thousands separators, durations in words, which words stand beside which colour.
//
// Every page embeds Page, from which the layout draws the header, the navigation and the notice area. Every page works
// without JavaScript: links and forms go to real URLs, and what polls offers a link to reload. The URLs are built in
// urls.go from numbers and escaped segments only.
//
// Polled parts carry hx-get and hx-trigger only while their Poll is above zero, and are swapped by morphing, so that
// focus, selection and opened details survive. The last answer comes with Poll zero and so ends the polling. A handler
// answers an htmx request that went wrong with ErrorNotice and the right status; the script puts it into the notice area.
//
// Nothing here writes unescaped HTML, inline scripts, inline styles or event attributes: the content security policy
// forbids them and a test looks for them.
package views
