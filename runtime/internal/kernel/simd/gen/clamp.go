package main

func init() {
	families["clamp"] = func() {
		for _, l := range levels {
			l.clampOf()
		}
	}
}
