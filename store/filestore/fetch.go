package filestore

import "os"

// fetch reads the data of rows.
func (h *history) fetch(refs []rowRef) ([]foundRow, error) {
	open := map[*segment]*os.File{}
	defer func() {
		for _, f := range open {
			f.Close()
		}
	}()
	rows := make([]foundRow, len(refs))
	for i, r := range refs {
		f := open[r.in]
		var err error
		if f == nil {
			if f, err = openRegular(h.path(r.in.number)); err == nil {
				open[r.in] = f
			}
		}
		var data []byte
		if err == nil {
			data, err = r.data(f)
		}
		if isTransient(err) {
			return nil, err
		}
		rows[i].entry = r.entry(h.log, data)
		if err != nil {
			rows[i].err = corrupt(h.path(r.in.number), err)
		}
	}
	return rows, nil
}

// data reads the row's data from its segment.
func (r rowRef) data(f *os.File) ([]byte, error) {
	b := make([]byte, r.size)
	if _, err := f.ReadAt(b, int64(r.at)); err != nil {
		return nil, err
	}
	if m := firstMark(b); len(m) == len(b) && m[3] == markRow {
		if k, data := readRow(m); k == r.rowKey {
			return data, nil
		}
	}
	return nil, errNoRow
}
