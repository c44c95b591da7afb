#pragma once

#include <string>

namespace bqs {

/// Has all connections of this process that show this certificate speak TLS 1.2
/// or later, whatever the configuration of OpenSSL allows: CAF makes its
/// contexts itself and asks for no version. Other connections of the process
/// are left alone.
/// @param file PEM, as CAF will read it
void demand_tls_1_2(const std::string& file);

} // namespace bqs
