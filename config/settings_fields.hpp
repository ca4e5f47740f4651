#pragma once

#include "config/fields.hpp"
#include "config/settings.hpp"

/// The settings described field by field: their JSON keys, bounds, meaning.
namespace troupe {

void describe(field_visitor& v, topic_settings& x);
void describe(field_visitor& v, partition_settings& x);
void describe(field_visitor& v, storage_settings& x);
void describe(field_visitor& v, coordination_settings& x);
void describe(field_visitor& v, cluster_settings& x);
void describe(field_visitor& v, tls_settings& x);
void describe(field_visitor& v, http_settings& x);
void describe(field_visitor& v, producer_settings& x);
void describe(field_visitor& v, topic_spec& x);
void describe(field_visitor& v, consumers_spec& x);
void describe(field_visitor& v, node_settings& x);

/// What a consumer has besides its group, topics, handler and commits: pace,
/// fetching, timeouts.
void describe_work(field_visitor& v, consumer_settings& x);

/// A field that is a start rule, a commit policy, acks, compression.
void start_field(field_visitor& v, const char* key, start_rule& x,
                 const char* meaning, bool is_required = false);
void commit_field(field_visitor& v, const char* key, commit_policy& x,
                  const char* meaning);
void acks_field(field_visitor& v, const char* key, acks& x,
                const char* meaning);
void compression_field(field_visitor& v, const char* key, compression& x,
                       const char* meaning);

} // namespace troupe
