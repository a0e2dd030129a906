"""Rules of the section: transfer learning."""
