"""What the terminal shows of answers: values, reasons."""
