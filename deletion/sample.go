package deletion

import "context"

// SampleRow is a row of the beginning of a file, with what becomes of it as far as the row itself tells.
type SampleRow struct {
	Line  int64
	Cells []string // each cut to 80 characters
	Kind  RowKind
}

// Sample reads the first ten rows of the stored file that are not blank. It takes one chunk out of the store.
func (c *Console) Sample(ctx context.Context, u Upload) ([]SampleRow, error) {
	reader, err := c.reread(ctx, u)
	if err != nil {
		return nil, err
	}
	cells := reader.Format().Sample
	rows := make([]SampleRow, 0, len(cells))
	for row, ok := reader.Next(); ok && len(rows) < len(cells); row, ok = reader.Next() {
		if row.Kind != RowBlank {
			rows = append(rows, SampleRow{Line: row.Line, Cells: cells[len(rows)], Kind: row.Kind})
		}
	}
	return rows, reader.Err()
}
