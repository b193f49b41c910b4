package memory

import (
	"math"
	"syscall"
	"unsafe"
)

// status is MEMORYSTATUSEX
// (https://learn.microsoft.com/windows/win32/api/sysinfoapi/ns-sysinfoapi-memorystatusex).
type status struct {
	length, load                     uint32
	totalPhysical, availablePhysical uint64
	totalPageFile, availablePageFile uint64
	totalVirtual, availableVirtual   uint64
	availableExtendedVirtual         uint64
}

// system returns the physical memory that is available.
func system() int64 {
	call := syscall.NewLazyDLL("kernel32.dll").NewProc("GlobalMemoryStatusEx")
	if call.Find() != nil {
		return 0
	}
	s := status{}
	s.length = uint32(unsafe.Sizeof(s))
	if ok, _, _ := call.Call(uintptr(unsafe.Pointer(&s))); ok == 0 {
		return 0
	}
	return int64(min(s.availablePhysical, s.availableVirtual, math.MaxInt64))
}
