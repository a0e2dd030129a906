"""Fault injection: break healthy training programs mechanically and see whether trainlint notices."""
