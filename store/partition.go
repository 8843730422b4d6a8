package store

// Partitions is how many journals a store holds. It is part of the format: a
// store never changes it.
const Partitions = 64

// PartitionOf returns the partition of an account, 0..[Partitions]-1: FNV-1a
// with 64 bits over the bytes of its name, modulo 64. It is part of the format:
// an account never changes its partition.
func PartitionOf(account string) int {
	h := uint64(14695981039346656037)
	for i := range len(account) {
		h = (h ^ uint64(account[i])) * 1099511628211
	}
	return int(h % Partitions)
}

func isPartition(p int) bool { return p >= 0 && p < Partitions }
