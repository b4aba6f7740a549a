"""The MBANKING gateway: partner banks, in the words of the services that they integrated with."""
