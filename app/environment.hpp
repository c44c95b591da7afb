#pragma once

namespace bqs::app {

struct environment_variable {
  const char* name;
  const char* meaning;
};

/// What the program looks at in its environment, for the help and the manual.
inline constexpr environment_variable environment_variables[] = {
  {"GOOGLE_APPLICATION_CREDENTIALS",
   "node: credential file, where bigquery.credentials is empty"},
  {"CLOUDSDK_CONFIG",
   "node: folder of gcloud's credentials, instead of ~/.config/gcloud"},
  {"GCE_METADATA_HOST",
   "node: HOST[:PORT] of the metadata server, where there is no file"},
  {"NO_GCE_CHECK", "node: if true, no metadata server is looked for"},
  {"GOOGLE_CLOUD_QUOTA_PROJECT",
   "node: project that pays, where bigquery.quota-project is empty"},
  {"GOOGLE_EXTERNAL_ACCOUNT_ALLOW_EXECUTABLES",
   "node: if 1, a credential file may name a program to run"},
  {"https_proxy, HTTPS_PROXY",
   "node: proxy on the way to https:// hosts, where bigquery.proxy is empty"},
  {"no_proxy, NO_PROXY",
   "node: hosts that this proxy is not for, as a.example,.b.example,10.0.0.1"},
  {"BQSTREAMER_TLS_CERTIFICATE",
   "whatever talks to a node: --tls-certificate where that is not given"},
  {"BQSTREAMER_TLS_KEY", "the same for --tls-key"},
  {"BQSTREAMER_TLS_CA_FILE", "the same for --tls-ca-file"},
  {"BQSTREAMER_TLS_PASSPHRASE_FILE", "the same for --tls-passphrase-file"},
  {"BQSTREAMER_ADMIN_PASS_FILE", "the same for --admin-pass-file"},
  {"NO_COLOR", "if not empty: no colours, unless --color=always"},
};

} // namespace bqs::app
