package store

// Rival is another process that uses the same database, as far as leases tell.
func (db *DB) Rival() *DB {
	rival := *db
	rival.holding = newHolding()
	return &rival
}
