from django.urls import path

from processors.webhooks.door import call

app_name = "webhooks"
urlpatterns = [path("<slug:provider>/", call, name="call")]
