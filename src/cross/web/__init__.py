"""The payer's pages: checkout, waiting, results, receipts; plain HTML that needs no script."""
