#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

/// Inputs that consist of several pieces, and their checksums.
namespace troupe::fuzz {

/// A piece of an input; what `kind` means is the target's business.
struct part {
  uint8_t kind = 0;
  std::string content;
};

/// One part after the other: kind (1 byte), length (2 bytes, big-endian),
/// content. Any bytes are some parts: a length that goes too far means 'the
/// rest'.
std::vector<part> split(std::string_view input);

/// What `split` takes apart; contents of at most 65,535 bytes.
std::string join(const std::vector<part>& parts);

/// Walks batches as a segment has them and gives each the checksum it should
/// have; what is no batch stays.
std::string repair_batches(std::string segment);

/// Ends a file of lines ("crc 1234abcd") with the checksum it should have.
std::string repair_lines(std::string file);

/// Ends an index with the checksum it should have.
std::string repair_index(std::string file);

} // namespace troupe::fuzz
