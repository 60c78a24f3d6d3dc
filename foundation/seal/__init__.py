"""Proof that rows written once were never changed: blocks of Merkle roots, chained, with roots kept outside."""
