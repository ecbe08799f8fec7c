package handlers

import (
	"iter"
	"slices"

	"go.yaml.in/yaml/v4"
)

// member returns the value of a key of a mapping; nil if there is none.
func member(mapping *yaml.Node, key string) *yaml.Node {
	if i := position(mapping, key); i >= 0 {
		return mapping.Content[i+1]
	}
	return nil
}

// remove removes a key of a mapping with its value.
func remove(mapping *yaml.Node, key string) {
	if i := position(mapping, key); i >= 0 {
		mapping.Content = slices.Delete(mapping.Content, i, i+2)
	}
}

// position returns the index of a key of a mapping, whose Content alternates between keys and values; -1 if there is none.
func position(mapping *yaml.Node, key string) int {
	if mapping == nil || mapping.Kind != yaml.MappingNode {
		return -1
	}
	for i := 0; i < len(mapping.Content); i += 2 {
		if mapping.Content[i].Value == key {
			return i
		}
	}
	return -1
}

// values returns the values of a mapping; none of any other node.
func values(mapping *yaml.Node) iter.Seq[*yaml.Node] {
	return func(yield func(*yaml.Node) bool) {
		if mapping == nil || mapping.Kind != yaml.MappingNode {
			return
		}
		for i := 1; i < len(mapping.Content); i += 2 {
			if !yield(mapping.Content[i]) {
				return
			}
		}
	}
}
