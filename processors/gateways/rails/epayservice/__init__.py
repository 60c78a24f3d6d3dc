"""ePayService: by the Open API from our own account, or by hand from a list where the API is not agreed on."""

from processors.gateways.rails.epayservice.adapter import EPayService
from processors.gateways.rails.epayservice.by_hand import csv_of

__all__ = ["EPayService", "csv_of"]
