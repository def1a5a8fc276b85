"""The portal: pages for customers and partners who come by a link, apart from the dashboard and without a script."""
